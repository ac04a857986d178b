-- Halls' names and productions can be mended, each with an etag.

alter table ticketing.hall add column version bigint not null default 1;
alter table ticketing.production add column version bigint not null default 1;
