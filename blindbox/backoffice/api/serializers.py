"""Announcements and settings on the wire."""

from typing import Any

from rest_framework import serializers

from blindbox.common.serializers import Line, Moment, StrictBoolean, Text


class NoticeRequest(serializers.Serializer[Any]):
    title = Line(max_length=100)
    body = Text(max_length=5000)
    is_published = StrictBoolean(default=False)
    starts_at = Moment()
    ends_at = Moment()


class NoticeResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    body = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class AdminNoticeResponse(NoticeResponse):
    is_published = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ConfigRequest(serializers.Serializer[Any]):
    value = serializers.JSONField(help_text="类型由配置项决定")
    reason = Line(max_length=200, allow_blank=True, default="")


class ConfigResponse(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the label of the field
    value = serializers.JSONField()


class AdminConfigResponse(ConfigResponse):
    help = serializers.CharField()
    public = serializers.BooleanField()
    default = serializers.JSONField()
