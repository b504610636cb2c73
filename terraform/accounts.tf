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

# Taking away the account of who leaves, and nothing else: the ready-made role that may do that makes accounts too.
resource "google_project_iam_custom_role" "account_remover" {
  role_id     = "accountRemover"
  title       = "Removes accounts of people who leave"
  permissions = ["firebaseauth.users.delete"]

  depends_on = [google_project_service.used]
}

# Whether a token was revoked and an account disabled; or the removal of accounts.
resource "google_project_iam_member" "accounts" {
  for_each = { for folder, function in local.functions : folder => function if function.accounts != null }

  project = var.project_id
  role = (
    each.value.accounts == "remover"
    ? "projects/${var.project_id}/roles/accountRemover"
    : "roles/firebaseauth.${each.value.accounts}"
  )
  member = google_service_account.function[each.key].member

  depends_on = [google_project_iam_custom_role.account_remover]
}

# Who queues a task names the account that carries it, and has to be allowed to act as this one, and no other.
resource "google_service_account_iam_member" "acts_as_tasks" {
  for_each = { for folder, function in local.functions : folder => function if length(function.queues) > 0 }

  service_account_id = "projects/${var.project_id}/serviceAccounts/${google_service_account.tasks.email}"
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.key].member
}
