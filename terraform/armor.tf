# How much one address may ask for, before a function sees any of it.

resource "google_compute_security_policy" "rate" {
  #checkov:skip=CKV_GCP_73:no Java here, and a pull request that mends Log4j is full of what such a rule denies
  for_each = {
    requests   = var.requests_a_minute
    deliveries = var.deliveries_a_minute
  }

  name = each.key

  rule {
    description = "So many a minute for each address"
    action      = "throttle"
    priority    = 1000

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = each.value
        interval_sec = 60
      }
    }
  }

  rule {
    description = "The rest; the API demands it"
    action      = "allow"
    priority    = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.used]
}
