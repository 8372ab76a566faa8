<h1>Penduduk {{ $sebutan }} {{ $desa['nama_desa'] }}</h1>
<table><tr><th>NIK</th><th>Nama</th></tr>
@foreach ($daftar as $satu)
<tr><td>{{ $satu['nik'] }}</td><td>{{ $satu['nama'] }}</td></tr>
@endforeach
</table>
