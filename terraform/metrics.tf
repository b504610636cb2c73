# What the functions' log lines are counted and measured as. `events` are the names that the code logs.

locals {
  reconciled = ["steps_dispatched", "steps_left_for_later"]
  old        = 3600 * var.alert_limits.oldest_step_hours
  hours      = var.alert_limits.undelivered_hours

  counted = {
    deliveries       = { events = ["delivery_taken_in"], label = "outcome" }
    finished_steps   = { events = ["step_finished"], label = "state" }
    failed_steps     = { events = ["step_failed"], label = "code" }
    unqueued_tasks   = { events = ["task_not_queued"] }
    bugs             = { events = ["unexpected_error"], label = "error" }
    reconciliations  = { events = local.reconciled }
    old_steps        = { events = local.reconciled, also = "jsonPayload.oldest_waiting_seconds>=${local.old}" }
    undelivered      = { events = ["deliveries_repeated"], also = "jsonPayload.failing_hours>=${local.hours}" }
    unlisted         = { events = ["deliveries_not_listed"] }
    rate_limit_waits = { events = ["github_rate_limited", "model_rate_limited"] }
    broken_chains    = { events = ["ledger_broken"] }
  }

  measured = {
    oldest_waiting = { events = local.reconciled, field = "oldest_waiting_seconds", unit = "s" }
    failing_hours  = { events = ["deliveries_repeated"], field = "failing_hours", unit = "h" }
    model_tokens   = { events = ["model_answered"], field = "tokens", unit = "1" }
  }

  filters = {
    for name, metric in merge(local.counted, local.measured) : name => join(" AND ", compact([
      "resource.type=\"cloud_run_revision\"",
      "jsonPayload.message=(${join(" OR ", [for event in metric.events : "\"${event}\""])})",
      try(metric.also, null),
    ]))
  }

  # Each as PromQL names it; a measured one has _sum, _count and _bucket.
  # https://cloud.google.com/monitoring/promql/promql-mapping
  in_the_log = "{monitored_resource=\"cloud_run_revision\"}"
  series     = { for name in keys(local.filters) : name => "logging_googleapis_com:user_worklog_${name}" }
  totals = merge(
    { for name in keys(local.counted) : name => "${local.series[name]}${local.in_the_log}" },
    { for name in keys(local.measured) : name => "${local.series[name]}_sum${local.in_the_log}" },
  )
}

resource "google_logging_metric" "counted" {
  for_each = local.counted

  name   = "worklog_${each.key}"
  filter = local.filters[each.key]

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = try([each.value.label], [])

      content {
        key = labels.value
      }
    }
  }

  label_extractors = { for label in try([each.value.label], []) : label => "EXTRACT(jsonPayload.${label})" }

  depends_on = [google_project_service.used]
}

resource "google_logging_metric" "measured" {
  for_each = local.measured

  name            = "worklog_${each.key}"
  filter          = local.filters[each.key]
  value_extractor = "EXTRACT(jsonPayload.${each.value.field})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value.unit
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 40
      growth_factor      = 2
      scale              = 1
    }
  }

  depends_on = [google_project_service.used]
}
