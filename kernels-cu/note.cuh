// Numbers that are not finite are noted, and looked at when something is read. Every launch that may
// meet one has a slot; `highest` keeps the largest number given for it, so the first place if that is
// counted down, and every column keeps the first number it met, with the slot.

#define ITEM ((u64)blockIdx.x * blockDim.x + threadIdx.x)
#define KEEP_HIGHEST(at, x) atomicMax(at, x)

INLINE void note(u32 *highest, u32 *marks, real *found, const u32 slot,
                 const u64 column, const u32 place, const real x)
{
    if (marks[column] == 0) {
        marks[column] = slot + 1;
        found[column] = x;
    }
    KEEP_HIGHEST(highest + slot, 0xFFFFFFFFu - place);
}
