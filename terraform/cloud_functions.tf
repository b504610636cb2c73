# The functions themselves, and who may call them.

resource "google_cloudfunctions2_function" "function" {
  #checkov:skip=CKV_GCP_124:a condition it can't read: tasks are internal only, the rest is behind the load balancer
  for_each = local.functions

  name     = each.value.name
  location = var.region

  build_config {
    runtime           = "python311"
    entry_point       = "main"
    service_account   = "projects/${var.project_id}/serviceAccounts/${google_service_account.builder.email}"
    docker_repository = "projects/${var.project_id}/locations/${var.region}/repositories/${google_artifact_registry_repository.functions.repository_id}"
    # Bytecode of the build is stamped with the sources' date: of another one it would be compiled anew at every start.
    environment_variables = { SOURCE_DATE_EPOCH = "315532801" }

    source {
      storage_source {
        bucket = google_storage_bucket.archives.name
        object = google_storage_bucket_object.archive[each.key].name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    ingress_settings                 = each.value.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true
    available_cpu                    = "1"
    available_memory                 = each.value.memory
    timeout_seconds                  = each.value.timeout
    max_instance_request_concurrency = each.value.concurrency
    min_instance_count               = each.value.min_instances
    max_instance_count               = each.value.max_instances
    environment_variables            = local.environments[each.key]

    dynamic "secret_volumes" {
      for_each = contains(each.value.needs, "webhook_secret") ? local.secrets[each.key] : []

      content {
        mount_path = dirname(local.settings.webhook_secret.GITHUB_WEBHOOK_SECRET_FILE)
        project_id = var.project_id
        secret     = google_secret_manager_secret.used[secret_volumes.value].secret_id

        versions {
          version = "latest"
          path    = basename(local.settings.webhook_secret.GITHUB_WEBHOOK_SECRET_FILE)
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = each.value.public || each.value.timeout <= try(local.entries[each.key].timeout, local.usual.timeout)
      error_message = "The timeout of a task function can't be raised: the leases in shared/domain/step.py follow from it."
    }
  }

  # Deployment fails where the account can't read its secrets, or the builder its archive.
  depends_on = [
    data.google_project.this,
    google_artifact_registry_repository_iam_member.builder,
    google_project_iam_member.builder,
    google_project_service.used,
    google_secret_manager_secret_iam_member.reader,
  ]
}

# Whoever comes through the load balancer: people show a token to the code, GitHub its signature.
resource "google_cloud_run_v2_service_iam_member" "public" {
  #checkov:skip=CKV_GCP_102:the API is public behind the load balancer, and its code asks everyone who they are
  for_each = local.public

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "task" {
  for_each = local.tasks

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.tasks.member
}
