delete from probe
where slot < %(moment)s
