-- Houses and what they show. Texts and prices are read and written as a whole, so they are documents.

create table ticketing.house (
    id           uuid primary key,
    name         text not null,
    municipality text not null,
    texts        jsonb not null,
    version      bigint not null default 1,     -- the etag
    revision     bigint not null default 1      -- facts published
);

create table ticketing.hall (
    id       uuid primary key,
    house_id uuid not null references ticketing.house,
    name     text not null,
    numbered boolean not null,
    capacity int not null check (capacity > 0)
);
create index hall_house on ticketing.hall (house_id, id);

create table ticketing.seat (
    hall_id    uuid not null references ticketing.hall,
    seat_id    int not null check (seat_id > 0),
    section    text not null,
    row        text not null,
    number     text not null,
    category   text not null,
    accessible boolean not null,
    primary key (hall_id, seat_id),
    constraint seat_is_named_once unique (hall_id, section, row, number)
);

create table ticketing.production (
    id       uuid primary key,
    house_id uuid not null references ticketing.house,
    titles   jsonb not null,
    texts    jsonb not null,
    genre    text not null,
    minutes  int not null check (minutes > 0),
    age_from int not null check (age_from >= 0)
);
create index production_house on ticketing.production (house_id, id);

create table ticketing.performance (
    id            uuid primary key,
    house_id      uuid not null references ticketing.house,
    production_id uuid not null references ticketing.production,
    hall_id       uuid references ticketing.hall,
    starts_at     timestamptz not null,
    time_zone     text not null,
    mode          text not null check (mode in ('venue', 'online')),
    state         text not null check (state in ('draft', 'on_sale', 'cancelled')),
    prices        jsonb not null,
    sale_from     timestamptz,
    sale_until    timestamptz not null,
    numbered      boolean not null,
    capacity      int not null default 0 check (capacity >= 0),
    version       bigint not null default 1,
    revision      bigint not null default 0,
    check (mode = 'online' or hall_id is not null),
    check (sale_from is null or sale_from < sale_until)
);
create index performance_on_sale on ticketing.performance (starts_at, id) where state = 'on_sale';
create index performance_house on ticketing.performance (house_id, starts_at, id);

-- What can be sold. One row per numbered seat of a performance; who updates it from free to held has it.
create table ticketing.seat_sale (
    performance_id uuid not null references ticketing.performance,
    seat_id        int not null,
    state          text not null default 'free' check (state in ('free', 'held', 'sold')),
    order_id       uuid,
    held_until     timestamptz,
    primary key (performance_id, seat_id),
    constraint seat_has_an_order_unless_free check ((state = 'free') = (order_id is null)),
    constraint seat_is_held_until_some_time check ((state = 'held') = (held_until is not null))
) with (fillfactor = 70);

-- Free seating: one row per category of a performance. The row of a hot performance is updated in every hold,
-- so pages keep room for new versions and no index holds a column that changes.
create table ticketing.stock (
    performance_id uuid not null references ticketing.performance,
    category       text not null,
    capacity       int not null check (capacity > 0),
    remaining      int not null,
    primary key (performance_id, category),
    constraint stock_is_not_oversold check (remaining between 0 and capacity)
) with (fillfactor = 10);

-- An order has no foreign key to its performance: checking it would lock the one row that a hot sale shares.
-- Performances are never deleted.
create table ticketing.orders (
    id             uuid primary key,
    performance_id uuid not null,
    state          text not null check (state in ('held', 'paid', 'lapsed')),
    held_until     timestamptz not null,
    currency       text not null,
    buyer_name     text,
    buyer_email    text,
    language       text,
    created_at     timestamptz not null default now(),
    paid_at        timestamptz,
    revision       bigint not null default 1,
    constraint order_is_paid_at_some_time check ((state = 'paid') = (paid_at is not null))
);
create index orders_held on ticketing.orders (held_until) where state = 'held';
create index orders_performance on ticketing.orders (performance_id);

-- One line for each seat. A line of a paid order is a ticket, and its id the ticket's.
create table ticketing.order_line (
    id            uuid primary key,
    order_id      uuid not null references ticketing.orders,
    position      int not null,
    category      text not null,
    ticket_type   text not null,
    seat_id       int,
    section       text not null default '',
    row           text not null default '',
    number        text not null default '',
    price         bigint not null check (price >= 0),
    vat_permille  int not null check (vat_permille between 0 and 1000),
    vat           bigint not null check (vat between 0 and price),
    generation    int not null default 1,
    checked_in_at timestamptz,
    unique (order_id, position)
);

-- The sandbox's own ledger. At most one payment of an order takes money.
create table ticketing.payment (
    id         uuid primary key,
    order_id   uuid not null references ticketing.orders,
    request_id uuid not null,
    provider   text not null check (provider in ('sandbox')),
    state      text not null check (state in ('captured', 'declined', 'voided')),
    amount     bigint not null check (amount >= 0),
    currency   text not null,
    at         timestamptz not null default now(),
    constraint payment_is_asked_for_once unique (order_id, request_id)
);
create unique index payment_captures_once on ticketing.payment (order_id) where state = 'captured';

-- Capacity = free + held + sold, per category. Numbered seats: held and free are counted on the seats, sold on the
-- orders. Free seating: free is the counter, held and sold are counted on the orders.
create function ticketing.balance(performance uuid)
returns table (category text, capacity bigint, free bigint, held bigint, sold bigint)
language sql stable as $$
    with line as (
        select l.category,
               count(*) filter (where o.state = 'held') as held,
               count(*) filter (where o.state = 'paid') as sold
        from ticketing.orders o join ticketing.order_line l on l.order_id = o.id
        where o.performance_id = performance
        group by l.category
    ), numbered as (
        select s.category,
               count(*) as capacity,
               count(*) filter (where x.state = 'free') as free,
               count(*) filter (where x.state = 'held') as held
        from ticketing.seat_sale x
        join ticketing.performance p on p.id = x.performance_id
        join ticketing.seat s on s.hall_id = p.hall_id and s.seat_id = x.seat_id
        where x.performance_id = performance
        group by s.category
    )
    select n.category, n.capacity, n.free, n.held, coalesce(l.sold, 0)
    from numbered n left join line l using (category)
    union all
    select s.category, s.capacity, s.remaining, coalesce(l.held, 0), coalesce(l.sold, 0)
    from ticketing.stock s left join line l using (category)
    where s.performance_id = performance
$$;

-- Numbered seats that do not belong to the order that they name, or that two paid orders have.
create function ticketing.misplaced_seats(performance uuid)
returns table (seat_id int, paid_orders bigint)
language sql stable as $$
    select x.seat_id, count(o.id) filter (where o.state = 'paid')
    from ticketing.seat_sale x
    left join (ticketing.order_line l join ticketing.orders o on o.id = l.order_id)
        on o.performance_id = x.performance_id and l.seat_id = x.seat_id
    where x.performance_id = performance
    group by x.seat_id, x.state, x.order_id
    having count(o.id) filter (where o.state = 'paid') <> case when x.state = 'sold' then 1 else 0 end
        or (x.state = 'sold' and bool_or(o.state = 'paid' and o.id <> x.order_id))
        or (x.state = 'held' and not coalesce(bool_or(o.state = 'held' and o.id = x.order_id), false))
$$;
