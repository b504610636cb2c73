# A queue for each function that works through tasks, of the function's own name.

locals {
  usual_queue = { a_second = 5, at_once = 8, attempts = 20, first_wait = 10, last_wait = 300 }

  queues = {
    for folder in local.queued : folder => merge(
      local.usual_queue,
      { for name, value in try(var.queues[folder], {}) : name => value if value != null },
    )
  }
}

resource "google_cloud_tasks_queue" "function" {
  for_each = local.queues

  name     = local.functions[each.key].name
  location = var.region

  rate_limits {
    max_dispatches_per_second = each.value.a_second
    max_concurrent_dispatches = each.value.at_once
  }

  # A task that runs out of attempts vanishes; the reconciler queues another one under a new name.
  retry_config {
    max_attempts  = each.value.attempts
    min_backoff   = "${each.value.first_wait}s"
    max_backoff   = "${each.value.last_wait}s"
    max_doublings = 5
  }

  lifecycle {
    precondition {
      condition     = each.value.at_once <= local.functions[each.key].concurrency * local.functions[each.key].max_instances
      error_message = "The queue hands out more at once than its function takes: raise max_instances or concurrency in `sizes`."
    }
  }

  depends_on = [google_project_service.used]
}

locals {
  feeds = merge([
    for folder, function in local.functions : {
      for queue in function.queues : "${folder} to ${queue}" => { from = folder, to = queue }
    }
  ]...)
}

resource "google_cloud_tasks_queue_iam_member" "feeds" {
  for_each = local.feeds

  name     = google_cloud_tasks_queue.function[each.value.to].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.function[each.value.from].member
}
