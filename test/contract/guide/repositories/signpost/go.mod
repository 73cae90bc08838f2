module example.org/signpost

go 1.22
