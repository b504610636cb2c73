# Composite indexes, fields without one, and what expires: all from firestore.indexes.json.

locals {
  index_file = jsondecode(file("${path.module}/../firestore.indexes.json"))

  indexes = {
    for index in local.index_file.indexes : join(" ", concat(
      [index.collectionGroup],
      [for field in index.fields : "${field.fieldPath}:${lower(try(field.order, field.arrayConfig))}"],
    )) => index
  }

  fields = {
    for field in local.index_file.fieldOverrides : "${field.collectionGroup} ${field.fieldPath}" => field
  }
}

resource "google_firestore_index" "composite" {
  for_each = local.indexes

  database    = google_firestore_database.this.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields

    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

resource "google_firestore_field" "override" {
  for_each = local.fields

  database   = google_firestore_database.this.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes

      content {
        query_scope  = indexes.value.queryScope
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []

    content {}
  }
}
