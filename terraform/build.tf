# Who builds the functions' images, and where these are kept: not the project's default accounts.

resource "google_service_account" "builder" {
  account_id   = "builder"
  display_name = "Builds the functions"

  depends_on = [google_project_service.used]
}

# It reads the archives' bucket, and the one that Cloud Functions copies them to and that no one here can name.
resource "google_project_iam_member" "builder" {
  for_each = toset(["roles/logging.logWriter", "roles/storage.objectViewer"])

  project = var.project_id
  role    = each.value
  member  = google_service_account.builder.member
}

resource "google_artifact_registry_repository" "functions" {
  #checkov:skip=CKV_GCP_84:Google's own key will do for images of code that holds no secret
  repository_id = "functions"
  description   = "The functions' images"
  location      = var.region
  format        = "DOCKER"

  cleanup_policies {
    id     = "the-latest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "the-rest"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  location   = var.region
  repository = google_artifact_registry_repository.functions.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}
