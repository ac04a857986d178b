-- The stream has no tables of its own: what it exported stands in its outbox, what it read in its inbox (both kit's).
select 1;
