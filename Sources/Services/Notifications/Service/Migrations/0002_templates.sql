-- The texts everyone starts with: version 1 of each template, dated 2026-01-01. Mustache; `PUT /notifications/templates/{kind}/{channel}` adds versions.
INSERT INTO notifications_template(kind, channel, version, format, subject, body, created_at) VALUES
  ('welcome', 'email', 1, 'html', 'Welcome, {{full_name}}{{^full_name}}{{user_id}}{{/full_name}}',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>your account is open{{#email}}; you can log in with <b>{{email}}</b>{{/email}}. We are glad that you are here.</p>
<p>ServiceLab</p>', 1767225600000000),
  ('welcome', 'in_app', 1, 'text', 'Welcome',
    'Welcome{{#full_name}}, {{full_name}}{{/full_name}}! Your account is open.', 1767225600000000),
  ('welcome', 'push', 1, 'text', 'Welcome',
    'Welcome{{#full_name}}, {{full_name}}{{/full_name}}! Your account is open.', 1767225600000000),
  ('welcome', 'sms', 1, 'text', 'Welcome',
    'ServiceLab: Welcome{{#full_name}}, {{full_name}}{{/full_name}}! Your account is open.', 1767225600000000),
  ('order.confirmed', 'email', 1, 'html', 'Order {{order_id}} is confirmed',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>your order {{order_id}}{{#total}} ({{total}}){{/total}} is confirmed. We tell you when it is on its way.</p>
<p>ServiceLab</p>', 1767225600000000),
  ('order.confirmed', 'in_app', 1, 'text', 'Order {{order_id}} confirmed',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} is confirmed.', 1767225600000000),
  ('order.confirmed', 'push', 1, 'text', 'Order {{order_id}} confirmed',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} is confirmed.', 1767225600000000),
  ('order.confirmed', 'sms', 1, 'text', 'Order {{order_id}} confirmed',
    'ServiceLab: Your order {{order_id}}{{#total}} ({{total}}){{/total}} is confirmed.', 1767225600000000),
  ('order.rejected', 'email', 1, 'html', 'Order {{order_id}} could not be completed',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>we could not complete your order {{order_id}}{{#total}} ({{total}}){{/total}}{{#reason}}: {{reason}}{{/reason}}. Nothing was charged.</p>
<p>ServiceLab</p>', 1767225600000000),
  ('order.rejected', 'in_app', 1, 'text', 'Order {{order_id}} rejected',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} could not be completed{{#reason}}: {{reason}}{{/reason}}. Nothing was charged.', 1767225600000000),
  ('order.rejected', 'push', 1, 'text', 'Order {{order_id}} rejected',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} could not be completed{{#reason}}: {{reason}}{{/reason}}. Nothing was charged.', 1767225600000000),
  ('order.rejected', 'sms', 1, 'text', 'Order {{order_id}} rejected',
    'ServiceLab: Your order {{order_id}}{{#total}} ({{total}}){{/total}} could not be completed{{#reason}}: {{reason}}{{/reason}}. Nothing was charged.', 1767225600000000),
  ('order.cancelled', 'email', 1, 'html', 'Order {{order_id}} is cancelled',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>your order {{order_id}}{{#total}} ({{total}}){{/total}} is cancelled{{#reason}}: {{reason}}{{/reason}}. Nothing was charged.</p>
<p>ServiceLab</p>', 1767225600000000),
  ('order.cancelled', 'in_app', 1, 'text', 'Order {{order_id}} cancelled',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} is cancelled{{#reason}}: {{reason}}{{/reason}}.', 1767225600000000),
  ('order.cancelled', 'push', 1, 'text', 'Order {{order_id}} cancelled',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} is cancelled{{#reason}}: {{reason}}{{/reason}}.', 1767225600000000),
  ('order.cancelled', 'sms', 1, 'text', 'Order {{order_id}} cancelled',
    'ServiceLab: Your order {{order_id}}{{#total}} ({{total}}){{/total}} is cancelled{{#reason}}: {{reason}}{{/reason}}.', 1767225600000000),
  ('order.shipped', 'email', 1, 'html', 'Order {{order_id}} is on its way',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>your order {{order_id}}{{#total}} ({{total}}){{/total}} has left our warehouse.</p>
<p>ServiceLab</p>', 1767225600000000),
  ('order.shipped', 'in_app', 1, 'text', 'Order {{order_id}} shipped',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} is on its way.', 1767225600000000),
  ('order.shipped', 'push', 1, 'text', 'Order {{order_id}} shipped',
    'Your order {{order_id}}{{#total}} ({{total}}){{/total}} is on its way.', 1767225600000000),
  ('order.shipped', 'sms', 1, 'text', 'Order {{order_id}} shipped',
    'ServiceLab: Your order {{order_id}}{{#total}} ({{total}}){{/total}} is on its way.', 1767225600000000),
  ('message', 'email', 1, 'html', '{{subject}}{{^subject}}A message for you{{/subject}}',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>{{body}}</p>
<p>ServiceLab</p>', 1767225600000000),
  ('message', 'in_app', 1, 'text', '{{subject}}{{^subject}}A message for you{{/subject}}',
    '{{body}}', 1767225600000000),
  ('message', 'push', 1, 'text', '{{subject}}{{^subject}}A message for you{{/subject}}',
    '{{body}}', 1767225600000000),
  ('message', 'sms', 1, 'text', '{{subject}}{{^subject}}A message for you{{/subject}}',
    '{{#subject}}{{subject}}: {{/subject}}{{body}}', 1767225600000000),
  ('review.received', 'email', 1, 'html', 'A review of {{product_name}}',
    '<p>Hello {{full_name}}{{^full_name}}{{user_id}}{{/full_name}},</p>
<p>your product <b>{{product_name}}</b> was reviewed: {{rating}} of 5 stars.</p>
<p>ServiceLab</p>', 1767225600000000),
  ('review.received', 'in_app', 1, 'text', 'New review',
    '{{product_name}} was reviewed: {{rating}} of 5 stars.', 1767225600000000),
  ('review.received', 'push', 1, 'text', 'New review',
    '{{product_name}} was reviewed: {{rating}} of 5 stars.', 1767225600000000),
  ('review.received', 'sms', 1, 'text', 'New review',
    'ServiceLab: {{product_name}} was reviewed: {{rating}} of 5 stars.', 1767225600000000);
