<h1>Layanan Pelanggan</h1>
<p>Status pelanggan: <b class="lencana">{{ $terdaftar ? 'Terdaftar' : 'Tidak terdaftar' }}</b></p>
@if ($terdaftar)
<p>Berlaku sampai {{ $sampai }}.</p>
@endif
