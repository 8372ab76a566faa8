<?php

// This sample has no packages: its own few files are all there is.
require dirname(__DIR__) . '/app/Helpers/helper.php';
