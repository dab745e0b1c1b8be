"""Runs the AWS emulator with what it lacks for Tidemark's stacks. docs/deployment-test.md says what else it lacks."""

import contextvars
import json

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners


def no_port_443():
    """It would also listen on port 443 where it may, for what Cognito needs."""
    app._port_is_bindable = lambda host, port: False


def metric_math_alarms():
    """Alarms on an expression are refused: make them, on the first metric of the expression."""
    record = provisioners._cw_metric_alarm_record

    def with_first_metric(name, props):
        stats = [metric["MetricStat"] for metric in props.get("Metrics") or [] if "MetricStat" in metric]
        if not stats:
            return record(name, props)
        first = {**stats[0]["Metric"], "Period": stats[0]["Period"], "Statistic": stats[0]["Stat"]}
        return record(name, {**props, "Metrics": None, **first})

    provisioners._cw_metric_alarm_record = with_first_metric


def table_policies():
    """Resource policies of tables are neither deployed nor asked: deploy them, and ask them with all others."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]

    def put_policy(name, props):
        document = (props.get("ResourcePolicy") or {}).get("PolicyDocument")
        arn = dynamodb._tables[name]["TableArn"]
        if document is None:
            dynamodb._resource_policies.pop(arn, None)
        else:
            dynamodb._resource_policies[arn] = {"Policy": json.dumps(document), "RevisionId": "1"}

    def create(logical_id, props, stack_name):
        name, attributes = handlers["create"](logical_id, props, stack_name)
        put_policy(name, props)
        return name, attributes

    def update(physical_id, old_props, new_props, stack_name, logical_id=None):
        name, attributes = handlers["update"](physical_id, old_props, new_props, stack_name, logical_id)
        put_policy(name, new_props)
        return name, attributes

    def policy_of(arn):
        entry = dynamodb._resource_policies.get(arn)
        return (entry["Policy"], arn.split(":")[4]) if entry else None

    provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"] = {**handlers, "create": create, "update": update}
    dynamodb.table_policy_for_arn = policy_of
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")


def services_use_tls():
    """What one service sends to another counts as sent without TLS, which policies of queues and topics deny: it counts as TLS."""
    from_here = ("127.0.0.1", True)
    iam_evaluator._request_origin = contextvars.ContextVar("ministack_request_origin", default=from_here)


no_port_443()
services_use_tls()
metric_math_alarms()
table_policies()
app.main()
