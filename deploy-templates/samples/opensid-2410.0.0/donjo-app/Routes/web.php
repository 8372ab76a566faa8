<?php

defined('BASEPATH') || exit('No direct script access allowed');

Route::get('', 'First@index');
Route::get('siteman', 'Siteman@index');
Route::post('siteman/auth', 'Siteman@masuk');
Route::get('beranda', 'Siteman@beranda');
Route::get('pelanggan', 'Siteman@pelanggan');
Route::get('penduduk', 'Siteman@penduduk');
Route::get('layanan-mandiri/masuk', 'Layanan_mandiri@index');
Route::post('layanan-mandiri/cek', 'Layanan_mandiri@cek');
Route::get('layanan-mandiri/permohonan-surat', 'Layanan_mandiri@surat');
Route::get('layanan-mandiri/keluar', 'Layanan_mandiri@keluar');

// Open to anybody, as in the original: only the web server in front keeps visitors out.
Route::get('token', 'Terbuka@token');
Route::get('periksa', 'Terbuka@periksa');
Route::get('koneksi_database/config', 'Terbuka@koneksi');
Route::get('database/migrasi_db_cri', 'Terbuka@migrasi');
