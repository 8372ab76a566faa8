<form class="kartu" method="post" action="/layanan-mandiri/cek">
  <h1>Layanan Mandiri</h1>
  <p>Warga {{ $sebutan }} {{ $desa['nama_desa'] }} masuk dengan NIK dan PIN.</p>
@if ($galat)
  <p class="galat">NIK atau PIN salah.</p>
@endif
  <label>NIK <input name="nik" inputmode="numeric" maxlength="16" required></label>
  <label>PIN <input name="pin" type="password" inputmode="numeric" maxlength="6" required></label>
  <button class="tombol">Masuk</button>
  <p class="kecil">OpenSID {{ $versi }}</p>
</form>
