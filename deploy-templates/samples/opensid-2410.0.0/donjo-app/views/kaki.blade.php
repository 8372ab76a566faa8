</main>
<footer><div class="isi">Kode desa {{ $desa['kode_desa'] }} · OpenSID {{ $versi }}</div></footer>
</body>
</html>
