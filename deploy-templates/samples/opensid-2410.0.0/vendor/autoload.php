<?php

// This sample has no packages: its own few files are all there is.
return true;
