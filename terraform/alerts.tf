# What wakes somebody up. Each alert is named like its page in docs/runbook.md: what it means, how to look, how to mend.

locals {
  webhook_latency = join("", [
    "histogram_quantile(0.99, sum by (le) (rate(loadbalancing_googleapis_com:https_total_latencies_bucket",
    "{monitored_resource=\"https_lb_rule\", backend_target_name=\"${local.functions.webhooks.name}\"}[10m])))",
  ])
  answered_5xx = join("", [
    "run_googleapis_com:request_count",
    "{monitored_resource=\"cloud_run_revision\", response_code_class=\"5xx\", service_name=~\"",
    join("|", [for function in local.public : function.name]),
    "\"}",
  ])

  # A condition is `counted` more often than `above` `within` that time, or says itself what to ask.
  alerts = {
    failed-events = {
      severity   = "ERROR"
      conditions = { "A step has failed for good" = { counted = "failed_steps", within = "10m", above = 0 } }
    }

    old-unfinished-event = {
      severity = "ERROR"
      conditions = {
        # A step that nobody comes for is due again every sixteen minutes.
        "What was asked for hours ago is not done" = { counted = "old_steps", within = "20m", above = 0 }
        "The reconciler does not come by" = {
          query = "absent_over_time(${local.series.reconciliations}${local.in_the_log}[15m])"
        }
      }
    }

    server-errors = {
      severity = "ERROR"
      conditions = {
        "A function met what its code does not expect" = { counted = "bugs", within = "10m", above = 0 }
        "People or GitHub are answered 5xx" = {
          query = "sum(increase(${local.answered_5xx}[5m])) > ${var.alert_limits.errors_in_five_minutes}"
        }
      }
    }

    # As GitHub sees it, cold starts included: it waits ten seconds.
    slow-webhook = {
      severity = "WARNING"
      conditions = {
        "One delivery of a hundred takes too long" = {
          query = "${local.webhook_latency} > ${1000 * var.alert_limits.webhook_seconds}"
        }
      }
    }

    undelivered-webhooks = {
      severity = "CRITICAL"
      conditions = {
        "Deliveries have failed for long, and GitHub keeps them for 72 hours" = {
          counted = "undelivered"
          within  = "15m"
          above   = 0
        }
        "GitHub's list of deliveries can't be read" = { counted = "unlisted", within = "1h", above = 30 }
      }
    }

    rate-limit-pauses = {
      severity = "WARNING"
      conditions = {
        "GitHub or the model makes us wait" = {
          counted = "rate_limit_waits"
          within  = "1h"
          above   = var.alert_limits.pauses_an_hour
        }
      }
    }

    model-spend = {
      severity = "WARNING"
      conditions = {
        "The model reads and writes more tokens than it should" = {
          counted = "model_tokens"
          within  = "1h"
          above   = var.alert_limits.model_tokens_an_hour
        }
      }
    }

    broken-chain = {
      severity   = "CRITICAL"
      conditions = { "A chain does not hold" = { counted = "broken_chains", within = "10m", above = 0 } }
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  display_name = each.value
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "WorkLog: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  dynamic "conditions" {
    for_each = each.value.conditions

    content {
      display_name = conditions.key

      # Not a threshold on the metric: such a condition is refused for minutes after the metric was made.
      condition_prometheus_query_language {
        query = try(
          conditions.value.query,
          "sum(increase(${local.totals[conditions.value.counted]}[${conditions.value.within}])) > ${conditions.value.above}",
        )
        duration            = "0s"
        evaluation_interval = "60s"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "WorkLog: ${each.key}"
    content   = "What it means, how to look, how to mend: ${var.runbook}#${each.key}"
  }

  alert_strategy {
    auto_close = "3600s"
  }

  depends_on = [google_logging_metric.counted, google_logging_metric.measured]
}
