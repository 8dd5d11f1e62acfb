"""The journal in an SQL database: its tables, who may write it, how it is written, copied and moved."""
