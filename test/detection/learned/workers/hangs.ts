// A worker in which training never ends.
for (;;);
