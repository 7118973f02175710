"""The pieces of the Dashboard page. They show numbers; `maa.workflow.metrics` makes them."""
