/// Of x86-64, and of arm64 with pages of 4 KB.
let largePageSize = 1 << 21

/// Asks for large pages behind memory that is aligned to one and not yet touched. Otherwise strided
/// walks through megabytes wait for address translation, most of all on virtual machines (4% of training
/// time), and the first touch of each small page costs some microseconds.
func adviseLargePages(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
  #if os(Linux)
    // Whether the system follows the advice changes nothing but the speed.
    if byteCount >= largePageSize { madvise(memory, byteCount, 14 /* MADV_HUGEPAGE */) }
  #endif
}
