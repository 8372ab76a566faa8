<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ $judul === '' ? 'Website Resmi' : $judul }} {{ $sebutan }} {{ $desa['nama_desa'] }} Kecamatan {{ $desa['nama_kecamatan'] }}</title>
<link rel="stylesheet" href="/assets/gaya.css">
</head>
<body>
<header>
  <div class="isi">
    <span class="lambang" aria-hidden="true">{{ mb_substr($desa['nama_desa'], 0, 1) }}</span>
    <div><a class="nama" href="/">{{ $sebutan }} {{ $desa['nama_desa'] }}</a>
    <small>Kecamatan {{ $desa['nama_kecamatan'] }}, Kabupaten {{ $desa['nama_kabupaten'] }}, {{ $desa['nama_propinsi'] }}</small></div>
    <nav><a href="/">Beranda</a> <a href="/layanan-mandiri/masuk">Layanan Mandiri</a> <a href="/siteman">Masuk</a></nav>
  </div>
</header>
<main class="isi">
