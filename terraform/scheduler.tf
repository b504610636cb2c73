# The clock: every minute the reconciler comes by for what nobody came back for.

resource "google_cloud_scheduler_job" "reconcile" {
  name             = "reconcile"
  description      = "Dispatches what is due and has GitHub repeat what failed"
  region           = var.region
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "${local.functions.reconciler.timeout + 10}s"

  # The next minute is the retry.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "${local.addresses.reconciler}/api/tasks/reconcile"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")

    oidc_token {
      service_account_email = google_service_account.tasks.email
      audience              = local.addresses.reconciler
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.task]
}
