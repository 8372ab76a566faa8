<form class="kartu" method="post" action="/siteman/auth">
  <h1>Administrasi {{ $sebutan }} {{ $desa['nama_desa'] }}</h1>
@if ($galat)
  <p class="galat">Nama pengguna atau kata sandi salah.</p>
@endif
  <label>Nama pengguna <input name="username" autocomplete="username" required></label>
  <label>Kata sandi <input name="password" type="password" autocomplete="current-password" required></label>
  <button class="tombol">Masuk</button>
  <p class="kecil">OpenSID {{ $versi }}</p>
</form>
