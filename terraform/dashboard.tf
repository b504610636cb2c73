# One page that shows whether deliveries become cards, what holds them up, and what it costs.

locals {
  served = "{monitored_resource=\"cloud_run_revision\"}"
  failed = "{monitored_resource=\"cloud_run_revision\", response_code_class=\"5xx\"}"

  # Of a line that is logged once a minute: what it said on average.
  means = {
    for name in keys(local.measured) : name => join(" / ", [
      for part in ["sum", "count"] : "sum(increase(${local.series[name]}_${part}${local.in_the_log}[5m]))"
    ])
  }

  charts = {
    "01 Deliveries, by outcome"             = "sum by (outcome) (increase(${local.totals.deliveries}[5m]))"
    "02 Steps, by how they ended"           = "sum by (state) (increase(${local.totals.finished_steps}[5m]))"
    "03 Failed steps, by code"              = "sum by (code) (increase(${local.totals.failed_steps}[5m]))"
    "04 Age of the oldest step due (s)"     = local.means.oldest_waiting
    "05 Tasks waiting, by queue"            = "sum by (queue_id) (cloudtasks_googleapis_com:queue_depth)"
    "06 Tasks that were not queued"         = "sum(increase(${local.totals.unqueued_tasks}[5m]))"
    "07 Deliveries have failed for (h)"     = local.means.failing_hours
    "08 Webhook as GitHub sees it, 99 (ms)" = local.webhook_latency
    "09 Requests a second, by function"     = "sum by (service_name) (rate(run_googleapis_com:request_count${local.served}[5m]))"
    "10 Answers 5xx, by function"           = "sum by (service_name) (increase(run_googleapis_com:request_count${local.failed}[5m]))"
    "11 Instances, by function"             = "sum by (service_name) (run_googleapis_com:container_instance_count${local.served})"
    "12 Waits for GitHub or the model"      = "sum(increase(${local.totals.rate_limit_waits}[5m]))"
    "13 Tokens of the model in an hour"     = "sum(increase(${local.totals.model_tokens}[1h]))"
    "14 Documents read a second"            = "sum(rate(firestore_googleapis_com:document_read_count[5m]))"
    "15 Documents written a second"         = "sum(rate(firestore_googleapis_com:document_write_count[5m]))"
  }
}

resource "google_monitoring_dashboard" "worklog" {
  dashboard_json = jsonencode({
    displayName = "WorkLog"
    mosaicLayout = {
      columns = 12
      tiles = [
        for number, title in keys(local.charts) : {
          width  = 6
          height = 4
          xPos   = 6 * (number % 2)
          yPos   = 4 * floor(number / 2)
          widget = {
            title = substr(title, 3, -1)
            xyChart = {
              dataSets = [{
                plotType        = "LINE"
                timeSeriesQuery = { prometheusQuery = local.charts[title] }
              }]
            }
          }
        }
      ]
    }
  })

  depends_on = [google_project_service.used]
}
