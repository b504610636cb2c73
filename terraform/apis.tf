# The services of Google Cloud that everything else here uses.

resource "google_project_service" "used" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "cloudtasks.googleapis.com",
    "compute.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "identitytoolkit.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])

  service            = each.value
  disable_on_destroy = false
}

# With a wrong number every function would have a wrong address, and no task would ever arrive.
data "google_project" "this" {
  lifecycle {
    postcondition {
      condition     = self.number == var.project_number
      error_message = "project_number is not the number of the project ${var.project_id}."
    }
  }

  depends_on = [google_project_service.used]
}
