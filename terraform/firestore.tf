# The database: deletion is refused, every minute of the last week and every day of the last month can be restored.

resource "google_firestore_database" "this" {
  #checkov:skip=CKV_GCP_122:Google's own key encrypts it; a key of one's own is one more thing that can lose everything
  name                              = "(default)"
  location_id                       = coalesce(var.firestore_location, var.region)
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.used]
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.this.name
  retention = "2592000s"

  daily_recurrence {}
}
