"""A launch template version is made from the one it names as its source; moto starts each from nothing."""

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import parse_user_data


def create_launch_template_version(self):
    self.error_on_dryrun()
    template_id, name = self._get_param("LaunchTemplateId"), self._get_param("LaunchTemplateName")
    backend = self.ec2_backend
    template = backend.get_launch_template(template_id) if template_id else backend.get_launch_template_by_name(name)
    source, data = self._get_param("SourceVersion"), dict(self._get_param("LaunchTemplateData", {}))
    if "UserData" in data:
        data["UserData"] = parse_user_data(data["UserData"])
    if source:
        data = {**template.get_version(source).data, **data}
    version = template.create_version(data, self._get_param("VersionDescription"))
    return ActionResult(
        {
            "LaunchTemplateVersion": {
                "CreateTime": version.create_time,
                "DefaultVersion": template.is_default(version),
                "LaunchTemplateData": version.data,
                "LaunchTemplateId": template.id,
                "LaunchTemplateName": template.name,
                "VersionNumber": version.number,
            }
        }
    )


def install() -> None:
    EC2Response.create_launch_template_version = create_launch_template_version
