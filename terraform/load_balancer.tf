# The one way in from outside: a certificate, and a path rule for each public group.

resource "google_compute_region_network_endpoint_group" "public" {
  for_each = local.public

  name                  = each.value.name
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.function[each.key].name
  }
}

resource "google_compute_backend_service" "public" {
  for_each = local.public

  name                  = each.value.name
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  security_policy       = google_compute_security_policy.rate[each.key == "webhooks" ? "deliveries" : "requests"].id

  backend {
    group = google_compute_region_network_endpoint_group.public[each.key].id
  }

  log_config {
    enable = true
  }
}

locals {
  # Their ids, made of what is known before anything is there: so a plan shows which path leads where.
  backends = {
    for folder, backend in google_compute_backend_service.public :
    folder => "projects/${var.project_id}/global/backendServices/${backend.name}"
  }
}

resource "google_compute_url_map" "https" {
  name = "worklog"
  # Whatever is under no path rule is answered by a function that has no such route: 404 like every other.
  default_service = local.backends["intents"]

  host_rule {
    hosts        = [var.domain]
    path_matcher = "api"
  }

  path_matcher {
    name            = "api"
    default_service = local.backends["intents"]

    dynamic "path_rule" {
      for_each = local.public

      content {
        paths   = flatten([for path in path_rule.value.paths : [path, "${path}/*"]])
        service = local.backends[path_rule.key]
      }
    }
  }
}

resource "google_compute_managed_ssl_certificate" "domain" {
  # A certificate can't be changed, and one in use can't be deleted: another domain is another name.
  name = "worklog-${substr(sha256(var.domain), 0, 8)}"

  managed {
    domains = [var.domain]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.used]
}

resource "google_compute_ssl_policy" "modern" {
  name            = "worklog"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.used]
}

resource "google_compute_target_https_proxy" "https" {
  name             = "worklog"
  url_map          = google_compute_url_map.https.id
  ssl_certificates = [google_compute_managed_ssl_certificate.domain.id]
  ssl_policy       = google_compute_ssl_policy.modern.id
}

resource "google_compute_global_address" "public" {
  name = "worklog"

  depends_on = [google_project_service.used]
}

# HTTP is not served and not redirected: a token that was sent in the clear should fail at once.
resource "google_compute_global_forwarding_rule" "https" {
  name                  = "worklog"
  target                = google_compute_target_https_proxy.https.id
  ip_address            = google_compute_global_address.public.id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
