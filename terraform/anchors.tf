# What the ledgers are compared with: the heads that the functions logged, kept where no function can write or delete.

resource "google_logging_project_bucket_config" "anchors" {
  project        = var.project_id
  location       = var.region
  bucket_id      = "anchors"
  description    = "Subject, count and head of every commit to a ledger"
  retention_days = var.anchors.days
  # For good: neither this nor the time it keeps can be taken back, and nobody can delete a line before.
  locked = var.anchors.locked

  depends_on = [google_project_service.used]
}

resource "google_logging_project_sink" "anchors" {
  name                   = "anchors"
  description            = "The heads of the ledgers, and what was erased because its owner asked for it"
  destination            = "logging.googleapis.com/projects/${var.project_id}/locations/${var.region}/buckets/anchors"
  filter                 = "resource.type=\"cloud_run_revision\" AND jsonPayload.message=(\"ledger_anchor\" OR \"ledger_erased\")"
  unique_writer_identity = true

  depends_on = [google_logging_project_bucket_config.anchors]
}
