"""The product's consumers of the event log, a line each."""

from app.automation.consumer import AUTOMATIONS
from app.consumers.consumer import Consumer
from app.notifications.consumer import NOTIFICATIONS
from app.prediction.following import PREDICTIONS
from app.recommendations.advice_consumer import ADVICE
from app.tasks.consumer import TASKS
from app.webhooks.webhook_consumer import WEBHOOKS

CONSUMERS: tuple[Consumer, ...] = (ADVICE, NOTIFICATIONS, TASKS, WEBHOOKS, PREDICTIONS, AUTOMATIONS)
