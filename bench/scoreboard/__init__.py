"""Every figure of the project in one table: run by `bench.*`, kept here, shown in the docs."""
