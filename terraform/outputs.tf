# What the next steps need: docs/deploy.md.

output "address" {
  description = "The domain's A record."
  value       = google_compute_global_address.public.address
}

output "webhook_url" {
  description = "The GitHub App's webhook URL."
  value       = "https://${var.domain}/api/webhooks/github"
}

output "secrets" {
  description = "The secrets that need a value."
  value       = sort(keys(google_secret_manager_secret.used))
}

output "task_account" {
  description = "The account that carries tasks: roles/run.invoker on the task functions, and nothing else."
  value       = local.task_account
}
