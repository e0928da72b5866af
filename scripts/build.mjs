export async function build() {}
