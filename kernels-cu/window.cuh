// The numbers of a window over pictures, as kernels are given them.
#define WINDOW                                                                                     \
    const u32 height, const u32 width, const u32 channels, const u32 kernel_y, const u32 kernel_x, \
        const u32 stride_y, const u32 stride_x, const u32 padding_y, const u32 padding_x,          \
        const u32 outputs, const u32 down, const u32 across
