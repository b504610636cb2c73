# Who each function is, and the project-wide roles that it has by that. Roles on one secret or one queue stand beside it.

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "fn-${each.value.name}"
  display_name = "The function ${each.value.name}"

  depends_on = [google_project_service.used]
}

# Whose token a task carries: the only account that may call task functions, and the only one that others act as.
resource "google_service_account" "tasks" {
  account_id   = split("@", local.task_account)[0]
  display_name = "Carries tasks from the queues to the functions"

  depends_on = [google_project_service.used]
}

resource "google_project_iam_member" "firestore" {
  for_each = local.functions

  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.function[each.key].member
}

# Whether a token was revoked and an account disabled.
resource "google_project_iam_member" "accounts" {
  for_each = { for folder, function in local.functions : folder => function if function.accounts != null }

  project = var.project_id
  role    = "roles/firebaseauth.${each.value.accounts}"
  member  = google_service_account.function[each.key].member
}

# Who queues a task names the account that carries it, and has to be allowed to act as this one, and no other.
resource "google_service_account_iam_member" "acts_as_tasks" {
  for_each = { for folder, function in local.functions : folder => function if length(function.queues) > 0 }

  service_account_id = "projects/${var.project_id}/serviceAccounts/${google_service_account.tasks.email}"
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.key].member
}
