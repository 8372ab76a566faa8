<h1>Administrasi</h1>
<ul class="daftar">
  <li><a href="/penduduk">Penduduk</a></li>
  <li><a href="/pelanggan">Layanan Pelanggan</a></li>
</ul>
