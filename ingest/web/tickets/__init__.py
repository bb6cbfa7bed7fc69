"""Pages and API of tickets: board, ticket, closed tickets, phone page."""
