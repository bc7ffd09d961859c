"""Teaching: photos are collected and checked, a lesson is planned, taught, judged and adopted."""
