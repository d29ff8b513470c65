//! Planted: what a compiler does that takes the permission to contract.

use std::collections::HashMap;

/// Kernel text in which a sum whose first term is a product is one `fma`.
pub(crate) fn contract(text: &str) -> String {
    let mut products = HashMap::new();
    let mut contracted = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.trim().trim_end_matches(';').split(' ').collect();
        match words[..] {
            ["const", "f32" | "f64", name, "=", a, "*", b] => {
                products.insert(name, (a, b));
                contracted.push_str(line);
            }
            ["const", float, name, "=", product, "+", c] if products.contains_key(product) => {
                let (a, b) = products[product];
                contracted.push_str(&format!("const {float} {name} = fma({a}, {b}, {c});"));
            }
            _ => contracted.push_str(line),
        }
        contracted.push('\n');
    }
    contracted
}
