# The secrets' names and readers. Their values are added by hand and are never in a plan or a state.

resource "google_secret_manager_secret" "used" {
  for_each = toset(flatten(values(local.secrets)))

  secret_id = each.value
  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}

locals {
  readers = merge([
    for folder, secrets in local.secrets : {
      for secret in secrets : "${folder} of ${secret}" => { reader = folder, secret = secret }
    }
  ]...)
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  project   = var.project_id
  secret_id = google_secret_manager_secret.used[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.reader].member
}
