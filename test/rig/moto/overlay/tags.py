"""moto looks the tags of a resource up by scanning all tags with a regular expression: quadratic in a describe."""

from moto.ec2.models.core import TaggedEC2Resource


def get_tags(self):
    own = self.ec2_backend.tags.get(self.id, {}) if self.id else {}
    return [{"key": key, "value": value, "resource_id": self.id} for key, value in own.items()]


def install() -> None:
    TaggedEC2Resource.get_tags = get_tags
