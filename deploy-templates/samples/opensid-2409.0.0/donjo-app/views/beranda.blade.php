<section class="sambutan">
  <h1>Selamat datang di {{ $sebutan }} {{ $desa['nama_desa'] }}</h1>
  <p>{{ $motto }}</p>
  <a class="tombol" href="/layanan-mandiri/masuk">Ajukan surat dari rumah</a>
</section>
<div class="angka">
  <div><b>{{ format_angka($penduduk) }}</b> penduduk</div>
  <div><b>{{ format_angka($surat) }}</b> surat dilayani</div>
  <div><b>{{ count($artikel) }}</b> berita terbaru</div>
</div>
<h2>Kabar {{ $sebutan }}</h2>
@foreach ($artikel as $satu)
<article><h3>{{ $satu['judul'] }}</h3><p>{{ $satu['isi'] }}</p></article>
@endforeach
