# What is deployed: the archives that `make package` builds, each under the hash of its bytes.

locals {
  archives = {
    for folder in keys(local.functions) :
    folder => "${coalesce(var.packages, "${path.module}/../build/packages")}/${folder}.zip"
  }
}

resource "google_storage_bucket" "archives" {
  #checkov:skip=CKV_GCP_62:who reads it is the build alone, and Cloud Audit Logs has its writes
  name                        = "${var.project_id}-archives"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_storage_bucket_object" "archive" {
  for_each = local.archives

  name   = "${each.key}-${filesha256(each.value)}.zip"
  bucket = google_storage_bucket.archives.name
  source = each.value

  lifecycle {
    precondition {
      condition     = fileexists(each.value)
      error_message = "There is no ${each.value}: run `make package` first."
    }
  }
}
