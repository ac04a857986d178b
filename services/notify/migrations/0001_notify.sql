-- Mail that was kept for reading, or that waits to be sent. A row that waits is deleted once it is sent or given up.
create table notify.mail (
    id       uuid primary key,
    template text not null,
    address  text not null,
    name     text not null,
    subject  text not null,
    body     text not null,
    at       timestamptz not null,
    kept     boolean not null,
    due_at   timestamptz not null,      -- waiting: when it is tried next
    tries    int not null default 0
);
create index mail_kept on notify.mail (at desc, id desc) where kept;
create index mail_waiting on notify.mail (due_at) where not kept;
