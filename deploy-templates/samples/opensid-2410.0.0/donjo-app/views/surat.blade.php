<h1>{{ $warga['nama'] }}</h1>
<p>NIK {{ $warga['nik'] }} · <a href="/layanan-mandiri/keluar">Keluar</a></p>
<table><tr><th>Nomor</th><th>Perihal</th></tr>
@foreach ($surat as $satu)
<tr><td>{{ $satu['no_surat'] }}</td><td>{{ $satu['perihal'] }}</td></tr>
@endforeach
</table>
